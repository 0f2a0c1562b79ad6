"""Judges facts by the catalogue. Pure: the same facts, catalogue, profile and history always give the same findings."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from crawler.facts import CrawlState, Evidence, Kind, SiteFacts
from rules.checks import CHECKS
from rules.loader import GENERAL, YEARLY_TARGET, Catalog, Profile
from rules.model import CitedBasis, Finding, Outcome, Part, Reason, Verdict
from rules.schema import DUTY_KINDS, Basis, CheckUse, Rule

log = logging.getLogger(__name__)

WORST_FIRST = (Outcome.FAILED, Outcome.CANT_TELL, Outcome.PASSED)
EVIDENCE_LIMIT = 10
UNCHECKED = {
    "manual": Reason.MANUAL,
    "not_checkable": Reason.NOT_CHECKABLE,
    "pending": Reason.NOT_AUTOMATED,
}


@dataclass(frozen=True, slots=True)
class Past:
    """What an earlier judging found: outcome and reason, and since when they hold."""

    outcome: Outcome
    reason: Reason
    since: date


def judge(
    facts: SiteFacts, catalog: Catalog, profile: Profile, history: Mapping[str, Past] | None = None
) -> tuple[Finding, ...]:
    """One finding a rule, in the order of the catalogue. `history`: rule id → what the run before found."""
    return tuple(_Case(facts, catalog, profile, rule).finding((history or {}).get(rule.id)) for rule in catalog.rules)


@dataclass(frozen=True, slots=True)
class _Case:
    """One rule put to one site."""

    facts: SiteFacts
    catalog: Catalog
    profile: Profile
    rule: Rule

    def finding(self, past: Past | None) -> Finding:
        bound = self._bound()
        spared = self._spared(bound)
        if spared:
            return self._concluded(Outcome.INAPPLICABLE, spared, past, bound)
        if self.rule.coverage in UNCHECKED:
            return self._concluded(Outcome.UNTESTED, UNCHECKED[self.rule.coverage], past, bound)
        if self.facts.crawl.state is CrawlState.UNREACHABLE:
            return self._concluded(Outcome.CANT_TELL, Reason.UNREACHABLE, past, bound)
        if "thin" in self.facts.crawl.bounds:
            return self._concluded(
                Outcome.CANT_TELL, Reason.THIN_CRAWL, past, bound, evidence=self.facts.crawl.looked_at[:EVIDENCE_LIMIT]
            )
        parts = [(use, verdict) for use in self.rule.checks for verdict in self._verdicts(use)]
        worst = next(outcome for outcome in WORST_FIRST if any(verdict.outcome is outcome for _, verdict in parts))
        deciding = [(use, verdict) for use, verdict in parts if verdict.outcome is worst]
        # Of parts that passed the last says most (a section that is fresh is there); else the first is the root.
        use, verdict = deciding[-1] if worst is Outcome.PASSED else deciding[0]
        seen = dict.fromkeys(item for _, one in [*deciding, *parts] for item in one.evidence)
        return self._concluded(
            worst,
            verdict.reason,
            past,
            bound,
            message=self._message(use.check, verdict),
            parts=tuple(Part(u.check, v.outcome, v.reason, self._message(u.check, v)) for u, v in parts),
            evidence=tuple(seen)[:EVIDENCE_LIMIT],
        )

    @property
    def _target(self) -> int | None:
        """The site's own yearly target, else that of the province's instrument of the day, else of the last before."""
        site, day = self.facts.site, self.facts.as_of
        if site.yearly_target is not None:
            return site.yearly_target
        if site.kind is Kind.VERTICAL:
            return None
        living = [(target, self.catalog.instruments[target.instrument]) for target in self.profile.targets]
        born = [
            (instrument.in_force(day), instrument.start or date.min, target)
            for target, instrument in living
            if instrument.born(day)
        ]
        if not born:
            return None
        _, _, target = max(born, key=lambda one: one[:2])
        return target.for_kind(site.kind)

    @property
    def _needs_target(self) -> bool:
        return any(value == {"setting": YEARLY_TARGET} for use in self.rule.checks for value in use.options.values())

    def _bound(self) -> tuple[Basis, ...]:
        """The bases that bind this site under the profile, whichever day they lived."""
        site, rule = self.facts.site, self.rule
        kind = site.kind
        if kind is Kind.VERTICAL:
            if not rule.vertical:
                return ()
            kind = Kind.DEPARTMENT
        if kind is Kind.DEPARTMENT and rule.field and site.field not in rule.field:
            return ()
        return tuple(
            basis
            for basis in rule.basis
            if kind.value in basis.binds
            and (
                self.catalog.instruments[basis.instrument].kind != "provincial"
                or basis.instrument in self.profile.instruments
            )
        )

    def _spared(self, bound: tuple[Basis, ...]) -> Reason | None:
        """Why the rule does not apply, or None where it does."""
        day, site, rule = self.facts.as_of, self.facts.site, self.rule
        if site.active_until is not None and site.active_until < day and not rule.applies_after_end:
            return Reason.BODY_ENDED
        if self._needs_target:
            if self._target is None:
                return Reason.NO_TARGET
            if site.yearly_target is not None:
                return None
        if not bound:
            return Reason.NOT_BOUND
        instruments = [self.catalog.instruments[basis.instrument] for basis in bound]
        if not any(instrument.born(day) for instrument in instruments):
            return Reason.NOT_YET_BORN
        if self.profile.in_force_only and not any(instrument.in_force(day) for instrument in instruments):
            return Reason.NOT_IN_FORCE
        return None

    def _cited(self, bound: tuple[Basis, ...]) -> tuple[CitedBasis, ...]:
        """Those in force on the day, the newest first, then the expired; one not yet born is never cited."""
        day, instruments = self.facts.as_of, self.catalog.instruments
        born = [basis for basis in bound if instruments[basis.instrument].born(day)]
        born.sort(key=lambda basis: instruments[basis.instrument].start or date.min, reverse=True)
        cited = [CitedBasis(b.instrument, b.clause, instruments[b.instrument].in_force(day)) for b in born]
        return tuple(sorted(cited, key=lambda basis: not basis.in_force))

    def _verdicts(self, use: CheckUse) -> list[Verdict]:
        """What the check yields. One that raises is a mistake of ours: logged, and never a verdict about the site."""
        try:
            options = {name: self._option(value) for name, value in use.options.items()}
            verdicts = list(CHECKS[use.check](self.facts, self.rule.requirement, **options))
            for verdict in verdicts:
                self._message(use.check, verdict)
        except Exception as error:
            log.exception("%s: %s: the check raised", self.facts.site.id, self.rule.id)
            name = type(error).__name__
            return [Verdict(Outcome.CANT_TELL, Reason.CHECK_ERROR, values={"error": name})]
        if not verdicts:
            return [Verdict(Outcome.CANT_TELL, Reason.NOTHING_SEEN, self.facts.crawl.looked_at)]
        return [self._dateless(verdict) for verdict in verdicts]

    def _option(self, value: Any) -> Any:
        if not (isinstance(value, Mapping) and set(value) == {"setting"}):
            return tuple(value) if isinstance(value, list) else value
        name = value["setting"]
        return self._target if name == YEARLY_TARGET else self.profile.settings[name].for_kind(self.facts.site.kind)

    def _dateless(self, verdict: Verdict) -> Verdict:
        """A profile may take a section without a readable date for a fault."""
        if verdict.reason is Reason.NO_DATE and self.profile.no_date == "failed":
            return Verdict(Outcome.FAILED, verdict.reason, verdict.evidence, verdict.values)
        return verdict

    def _message(self, check: str, verdict: Verdict) -> str:
        sentence = self.catalog.messages.get(check, {}).get(verdict.reason)
        if sentence is not None:
            return sentence.format_map(verdict.values)
        return self.catalog.messages[GENERAL][verdict.reason].format_map(verdict.values)

    def _concluded(
        self,
        outcome: Outcome,
        reason: Reason,
        past: Past | None,
        bound: tuple[Basis, ...],
        *,
        message: str = "",
        parts: tuple[Part, ...] = (),
        evidence: tuple[Evidence, ...] = (),
    ) -> Finding:
        rule, day = self.rule, self.facts.as_of
        cited = self._cited(bound)
        duty = any(self.catalog.instruments[basis.instrument].kind in DUTY_KINDS for basis in cited)
        own_target = self._needs_target and self.facts.site.yearly_target is not None
        unchanged = past is not None and (past.outcome, past.reason) == (outcome, reason)
        return Finding(
            rule=rule.id,
            requirement=rule.requirement,
            outcome=outcome,
            reason=reason,
            message=message or self._message(GENERAL, Verdict(outcome, reason)),
            severity=rule.severity,
            weight=self.catalog.scoring.weights[rule.severity],
            essential=rule.essential,
            scored=rule.coverage not in UNCHECKED and rule.lifecycle == "stable" and (duty or own_target),
            basis=cited,
            parts=parts,
            evidence=evidence,
            remedy=rule.remedy,
            since=past.since if past is not None and unchanged else day,
        )
