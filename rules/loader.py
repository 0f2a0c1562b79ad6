"""The rule files as one checked catalogue; all mistakes of all files are reported before anything is judged."""

import inspect
import string
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from rules.checks import CHECKS, Check
from rules.model import Reason
from rules.reading import CatalogError, Desk, Source, Where, sentence
from rules.schema import Catalog, Instrument, Messages, Profile, ProfileFile, Rule, ScoringFile, Setting, Target

__all__ = ["Catalog", "CatalogError", "Profile", "UnknownProfile", "load_catalog", "load_profile"]

FOLDER = Path(__file__).parent
YEARLY_TARGET = "yearly-target"
"""The one option that a profile gives not as a setting but by instrument, kind and day."""
GENERAL = "general"
GENERAL_VALUES: Mapping[Reason, tuple[str, ...]] = {
    reason: ("error",) if reason is Reason.CHECK_ERROR else () for reason in Reason
}


class UnknownProfile(CatalogError):
    """No profile of that name."""


@lru_cache
def options_model(check: Check) -> type[BaseModel]:
    """The keyword options of a check as a closed model: the function's signature is the schema."""
    hints = get_type_hints(check)
    fields: dict[str, Any] = {}
    for name, parameter in inspect.signature(check).parameters.items():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            default = ... if parameter.default is inspect.Parameter.empty else parameter.default
            fields[name] = (hints[name], default)
    return create_model(f"{check.__name__}_options", __config__=ConfigDict(extra="forbid", strict=True), **fields)


def placeholders(words: str) -> set[str]:
    """The names in braces of a sentence; raises ValueError where the braces are wrong."""
    return {name for _, name, _, _ in string.Formatter().parse(words) if name is not None}


def _instruments(desk: Desk) -> dict[str, Instrument]:
    found: dict[str, Instrument] = {}
    for source in desk.read("instruments/*.yml"):
        for number, data in enumerate(_listed(desk, source)):
            instrument = desk.parse(Instrument, source, data, (number,))
            if instrument and instrument.id in found:
                desk.report(source, (number, "id"), instrument.id, "mã đã dùng; mỗi văn bản một mã")
            elif instrument:
                found[instrument.id] = instrument
    return found


def _listed(desk: Desk, source: Source) -> list[Any]:
    if isinstance(source.data, list):
        return source.data
    desk.report(source, (), source.path.stem, "cần một danh sách (mỗi phần tử bắt đầu bằng '- ')")
    return []


def _profiles(desk: Desk, instruments: Mapping[str, Instrument]) -> dict[str, Profile]:
    files: dict[str, tuple[Source, ProfileFile]] = {}
    for source in desk.read("profiles/*.yml"):
        parsed = desk.parse(ProfileFile, source, source.data)
        if parsed is None:
            continue
        if parsed.name != source.path.stem:
            desk.report(source, ("name",), parsed.name, f"tên phải trùng tên tệp: {source.path.stem}")
        files[parsed.name] = (source, parsed)
        for number, name in enumerate(parsed.instruments):
            if name not in instruments or instruments[name].kind != "provincial":
                what = f"không có văn bản của tỉnh mang mã {name}; cần một mã trong instruments/ có kind: provincial"
                desk.report(source, ("instruments", number), parsed.name, what)
        for number, target in enumerate(parsed.targets):
            instrument = instruments.get(target.instrument)
            if instrument is None or target.clause not in {clause.id for clause in instrument.clauses}:
                what = f"không có điều khoản {target.instrument} {target.clause}"
                desk.report(source, ("targets", number), parsed.name, what)
    return {name: laid for name in files if (laid := _laid(desk, name, files))}


def _laid(desk: Desk, name: str, files: Mapping[str, tuple[Source, ProfileFile]]) -> Profile | None:
    chain: list[ProfileFile] = []
    step: str | None = name
    while step is not None:
        source, _ = files[chain[-1].name] if chain else files[name]
        if step not in files or step in {one.name for one in chain}:
            what = f"hồ sơ {step} không có, không đọc được, hoặc kế thừa vòng tròn; có: {', '.join(sorted(files))}"
            desk.report(source, ("extends",), chain[-1].name, what)
            return None
        chain.append(files[step][1])
        step = chain[-1].extends
    settings: dict[str, Setting] = {}
    targets: tuple[Target, ...] = ()
    in_force_only, no_date = False, "cant_tell"
    for one in reversed(chain):
        settings |= one.settings
        targets += one.targets
        in_force_only = in_force_only if one.in_force_only is None else one.in_force_only
        no_date = one.no_date or no_date
    own = chain[0]
    listed = frozenset(name for one in chain for name in one.instruments)
    return Profile(own.name, own.title, own.note, in_force_only, no_date, listed, targets, settings)


def _rules(desk: Desk, instruments: Mapping[str, Instrument], profiles: Mapping[str, Profile]) -> list[Rule]:
    rules: list[Rule] = []
    seen: dict[str, str] = {}
    for source in desk.read("catalog/*.yml"):
        for number, data in enumerate(_listed(desk, source)):
            rule = desk.parse(Rule, source, data, (number,))
            if rule is None:
                continue
            for key in (rule.id, rule.requirement):
                if key in seen:
                    at = "id" if key == rule.id else "requirement"
                    desk.report(source, (number, at), rule.id, f"{key} đã dùng ở {seen[key]}; mỗi {at} một lần")
                seen.setdefault(key, source.path.name)
            for where, what in _mistakes(desk, rule, instruments, profiles):
                desk.report(source, (number, *where), rule.id, what)
            rules.append(rule)
    return rules


def _mistakes(
    desk: Desk, rule: Rule, instruments: Mapping[str, Instrument], profiles: Mapping[str, Profile]
) -> Iterator[tuple[Where, str]]:
    for number, basis in enumerate(rule.basis):
        instrument = instruments.get(basis.instrument)
        if instrument is None and basis.instrument in desk.broken:
            continue
        if instrument is None:
            yield ("basis", number), f"không có văn bản {basis.instrument}; cần một mã trong instruments/"
        elif basis.clause not in {clause.id for clause in instrument.clauses}:
            yield ("basis", number), f"văn bản {basis.instrument} không có điều khoản {basis.clause}"
    for number, use in enumerate(rule.checks):
        where: Where = ("checks", number)
        check = CHECKS.get(use.check)
        if check is None:
            yield (*where, "check"), f"không có phép kiểm tra {use.check}; có: {', '.join(sorted(CHECKS))}"
            continue
        options = dict(use.options)
        for name, value in use.options.items():
            if isinstance(value, Mapping) and set(value) == {"setting"}:
                options[name] = 0
                wanted = value["setting"]
                for profile in profiles.values():
                    if wanted != YEARLY_TARGET and wanted not in profile.settings:
                        yield (*where, "with", name), f"hồ sơ {profile.name} không có mức {wanted}"
        try:
            options_model(check).model_validate(options)
        except ValidationError as error:
            for mistake in error.errors():
                shown = ".".join(map(str, mistake["loc"]))
                yield (*where, "with", *mistake["loc"]), f"tùy chọn {shown} của {use.check}: {sentence(mistake)}"


def _messages(desk: Desk) -> Messages:
    messages: dict[str, dict[Reason, str]] = {}
    for source in desk.read("messages.yml"):
        if not isinstance(source.data, Mapping):
            desk.report(source, (), "messages", "cần các cặp khóa: giá trị")
            continue
        for check, sentences in source.data.items():
            if check != GENERAL and check not in CHECKS:
                desk.report(source, (check,), check, f"không có phép kiểm tra này; có: {', '.join(sorted(CHECKS))}")
                continue
            if not isinstance(sentences, Mapping):
                desk.report(source, (check,), check, "cần các cặp lý do: câu")
                continue
            known = GENERAL_VALUES if check == GENERAL else CHECKS[check].reasons
            for reason, words in sentences.items():
                where = f"{check}.{reason}"
                if reason not in set(Reason):
                    desk.report(source, (check, reason), where, "không có lý do này trong rules/model.py")
                elif not isinstance(words, str) or not words.strip():
                    desk.report(source, (check, reason), where, "cần một câu")
                elif check != GENERAL and Reason(reason) not in known:
                    desk.report(source, (check, reason), where, "phép kiểm tra này không bao giờ nêu lý do đó")
                else:
                    wrong = _unknown_placeholders(words, known[Reason(reason)])
                    if wrong:
                        desk.report(source, (check, reason), where, wrong)
                        continue
                    messages.setdefault(check, {})[Reason(reason)] = words
            for reason in known:
                if reason.value not in sentences:
                    desk.report(source, (check,), check, f"thiếu câu cho lý do {reason}")
        for name in [GENERAL, *CHECKS]:
            if name not in source.data:
                desk.report(source, (), name, "thiếu các câu của mục này")
    return messages


def _unknown_placeholders(words: str, known: Sequence[str]) -> str:
    try:
        wrong = placeholders(words) - set(known)
    except ValueError as error:
        return f"dấu ngoặc nhọn sai: {error}"
    if not wrong:
        return ""
    names = ", ".join(f"{{{name}}}" for name in sorted(wrong))
    return f"không có giá trị {names}; có: {', '.join(known) or 'không có giá trị nào'}"


def load_catalog(folder: Path = FOLDER) -> Catalog:
    """Read and check all rule files of a folder; raises CatalogError with every mistake."""
    desk = Desk(folder)
    instruments = _instruments(desk)
    profiles = _profiles(desk, instruments)
    rules = _rules(desk, instruments, profiles)
    messages = _messages(desk)
    scoring = None
    for source in desk.read("scoring.yml"):
        scoring = desk.parse(ScoringFile, source, source.data)
    if desk.problems or scoring is None:
        raise CatalogError(desk.problems)
    return Catalog(instruments, tuple(rules), messages, scoring.scoring(), profiles)


def load_profile(name: str, catalog: Catalog, folder: Path | None = None) -> Profile:
    """The profile of that name, from the catalogue or from the profiles of another folder."""
    profiles = catalog.profiles
    if folder is not None:
        desk = Desk(folder)
        profiles = _profiles(desk, catalog.instruments)
        if desk.problems:
            raise CatalogError(desk.problems)
    if name not in profiles:
        raise UnknownProfile([f"hồ sơ {name!r} không có; có: {', '.join(sorted(profiles))}"])
    return profiles[name]
