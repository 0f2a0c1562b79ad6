"""The command line: parses, wires the steps (crawl, judge, report), prints."""

import gc
import json
import secrets
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

import evidence_commands
from audit_reports.console import console, crawl_progress, print_cards, print_wait, table
from audit_reports.export.documents import audit_document
from audit_reports.publish import publish
from audit_reports.scorecard import score_site
from command_line import (
    DATA,
    AsJson,
    AsOf,
    DataDir,
    DbUrl,
    Delay,
    Failure,
    Full,
    MaxPages,
    NightId,
    ProfileName,
    RegistryFile,
    SiteIds,
    Unverified,
    failures,
    now,
    open_data,
    parse_day,
    stored_night,
)
from crawler.chromium import unseen_note
from crawler.extract.strings import dump_items, run_extractor
from crawler.facts import CrawlState, Problem, SiteFacts
from crawler.night import crawl_day, facts_of_night, ledger_rows
from crawler.night_crawl import crawl_night
from crawler.plan import check_delay
from crawler.registry import Registry, Selection, load_registry, registry_from_json, select
from crawler.resume import BegunNight, NightRun, begin_night
from crawler.turn import Interrupted
from db.lock import hold
from db.models import Night
from db.store import Store
from rules.docs import render_rules
from rules.edition import Judged, findings_by_site, judge_sites, moves_history
from rules.loader import Catalog, Profile, load_catalog, load_profile

ROOT = Path(__file__).resolve().parent
DEFAULT_PROFILE = "component-sites"

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Rà soát trang thông tin điện tử thành phần của tỉnh theo quy định: quét, đánh giá, báo cáo.",
)

REGISTRY = ROOT / "crawler/registry/binhphuoc.yml"


def profile_of(registry: Registry, name: str | None, catalog: Catalog) -> Profile:
    return load_profile(name or registry.province.profile or DEFAULT_PROFILE, catalog)


def chosen_sites(registry: Registry, ids: list[str], unverified: bool, as_of: date) -> Selection:
    """The sites to audit; where none is left, say why and suggest what to do."""
    selection = select(registry, ids=ids, include_unverified=unverified, as_of=as_of)
    if not selection.chosen:
        ends = [site.active_until for site, why in selection.skipped if why == "ended" and site.active_until]
        if registry.province.ended and any(why == "ended" for _, why in selection.skipped):
            ends.append(registry.province.ended - (date(1, 1, 2) - date(1, 1, 1)))
        hint = "không có trang nào có địa chỉ đã kiểm chứng; thêm --include-unverified để quét cả địa chỉ phỏng đoán"
        if ends:
            hint = f"các trang đã ngừng hoạt động trước ngày {as_of}; hãy thêm --as-of {max(ends)}"
        raise Failure(f"{registry.path}: không có trang nào để rà soát: {hint}", 2)
    return selection


def crawl_step(store: Store, data: Path, run: NightRun, selection: Selection, *, to_stderr: bool) -> BegunNight:
    """Crawl and keep. Raises Failure where no site could be reached, or a signal ended it.

    The night is at its end only after `finish_night`: a command that is killed before goes on from here.
    """
    out = console(to_stderr=to_stderr)
    for site, why in selection.skipped:
        out.print(f"Bỏ qua {site.id} ({site.name}): {SKIPPED_WORDS[why]}", markup=False)
    begun = begin_night(store, data, run)
    for note in begun.notes:
        out.print(note, markup=False, soft_wrap=True)
    try:
        with crawl_progress(out, len(begun.plans)) as on_progress:
            crawled = crawl_night(
                store, data, begun, clock=now, on_progress=on_progress, on_wait=partial(print_wait, out)
            )
    except Interrupted as error:
        raise Failure(
            f"lần quét {begun.night.id}: đã dừng theo yêu cầu. Những gì đã tải được giữ lại; "
            "chạy lại đúng lệnh này trong vòng 24 giờ thì được quét tiếp.",
            1,
        ) from error
    if unseen := sum(result.errors.get(Problem.NEEDS_BROWSER, 0) for result in crawled.results):
        out.print(unseen_note(unseen), markup=False, soft_wrap=True)
    if crawled.outage:
        had = sum(result.state is not CrawlState.UNREACHABLE for result in crawled.results)
        message = f"hầu như không trang nào trả lời; đã truy cập được {had}/{len(crawled.results)}"
        rest = " Phần đã quét được giữ lại; chạy lại đúng lệnh này trong vòng 24 giờ thì được quét tiếp."
        raise Failure(
            f"lần quét {begun.night.id}: {message if had else 'không truy cập được trang nào'}, kể cả khi thử lại; "
            "có thể do mạng của chính máy này. Không trang nào bị kết luận; báo cáo cũ được giữ nguyên."
            + (rest if had else ""),
            1,
        )
    return begun


SKIPPED_WORDS = {
    "guess": "địa chỉ mới là phỏng đoán, chưa kiểm chứng",
    "no_host": "chưa biết địa chỉ",
    "ended": "cơ quan đã kết thúc hoạt động trước ngày đánh giá",
}


def judge_step(
    store: Store, night: Night, facts: Iterator[SiteFacts], catalog: Catalog, profile: Profile, as_of: date
) -> Judged:
    """Judge the facts and keep the findings as an edition of the night."""
    history = moves_history(
        as_of=as_of,
        crawl_day=crawl_day(night),
        profile=profile.name,
        registry_profile=registry_from_json(night.registry_json).province.profile or DEFAULT_PROFILE,
    )
    return judge_sites(store, night, facts, catalog, profile, as_of=as_of, judged_at=now(), history=history)


def report_step(data: Path, night: Night, judged: Judged, catalog: Catalog, profile: str, as_of: date) -> Path:
    province = registry_from_json(night.registry_json).province
    return publish(
        data / "reports",
        province=province.name,
        province_id=province.id,
        night=night.id,
        as_of=as_of,
        profile=profile,
        cards=[(score_site(facts, findings, catalog.scoring, profile), facts) for facts, findings in judged],
        catalog=catalog,
    )


def show(
    night: Night,
    judged: Judged,
    catalog: Catalog,
    profile: str,
    as_of: date,
    index: Path | None,
    as_json: bool,
) -> None:
    """Print the table of sites and where the report is, or audit.json."""
    cards = [score_site(facts, findings, catalog.scoring, profile) for facts, findings in judged]
    province = registry_from_json(night.registry_json).province
    if as_json:
        print(json.dumps(audit_document(province.id, night.id, as_of, profile, cards), ensure_ascii=False, indent=1))
    else:
        title = f"{province.name}, ngày đánh giá {as_of:%d/%m/%Y}, bộ quy định {profile}"
        print_cards(console(to_stderr=False), title, cards, night.id, index)


def prepare(
    registry: Path,
    sites: list[str],
    as_of: str | None,
    unverified: bool,
    max_pages: int | None,
    delay: float | None,
    full: bool = False,
) -> tuple[NightRun, Selection]:
    """The run, with everything checked that may be wrong in what the user gave, before anything is written."""
    loaded, started_at = load_registry(registry), now()
    day = parse_day(as_of) or started_at.astimezone(ZoneInfo(loaded.province.timezone)).date()
    selection = chosen_sites(loaded, sites, unverified, day)
    check_delay(selection.chosen, delay)
    token = secrets.token_hex(2)
    run = NightRun(
        loaded, selection.chosen, day, started_at, token, max_pages, delay, full, as_of_given=as_of is not None
    )
    return run, selection


@app.command()
def audit(
    registry: RegistryFile = REGISTRY,
    site: SiteIds = None,
    profile: ProfileName = None,
    as_of: AsOf = None,
    data: DataDir = DATA,
    db: DbUrl = None,
    max_pages: MaxPages = None,
    delay: Delay = None,
    include_unverified: Unverified = False,
    full: Full = False,
    as_json: AsJson = False,
) -> None:
    """Quét, đánh giá và lập báo cáo."""
    with failures():
        catalog = load_catalog()
        run, selection = prepare(registry, site or [], as_of, include_unverified, max_pages, delay, full)
        chosen = profile_of(run.registry, profile, catalog)
        with hold(data), closing(open_data(data, db)) as store:
            begun = crawl_step(store, data, run, selection, to_stderr=as_json)
            night, day = begun.night, begun.as_of
            facts = keep_ledger(store, night, facts_of_night(store, data, night, day))
            judged = judge_step(store, night, facts, catalog, chosen, day)
            index = report_step(data, night, judged, catalog, chosen.name, day)
            store.finish_night(night.id, now(), "complete")
        show(night, judged, catalog, chosen.name, day, index, as_json)


@app.command()
def crawl(
    registry: RegistryFile = REGISTRY,
    site: SiteIds = None,
    profile: ProfileName = None,
    as_of: AsOf = None,
    data: DataDir = DATA,
    db: DbUrl = None,
    max_pages: MaxPages = None,
    delay: Delay = None,
    include_unverified: Unverified = False,
    full: Full = False,
    as_json: AsJson = False,
) -> None:
    """Chỉ quét; in mã lần quét."""
    with failures():
        run, selection = prepare(registry, site or [], as_of, include_unverified, max_pages, delay, full)
        profile_of(run.registry, profile, load_catalog())
        with hold(data), closing(open_data(data, db)) as store:
            begun = crawl_step(store, data, run, selection, to_stderr=True)
            night = begun.night
            facts = keep_ledger(store, night, facts_of_night(store, data, night, begun.as_of))
            sites = [one.site.id for one in facts]
            store.finish_night(night.id, now(), "complete")
        print(json.dumps({"night": night.id, "sites": sites}) if as_json else night.id)


def keep_ledger(store: Store, night: Night, facts: Iterator[SiteFacts]) -> Iterator[SiteFacts]:
    """Pass the facts on; what is listed on the sites goes into the ledger on the way."""
    for site in facts:
        store.update_ledger(ledger_rows(site, night))
        yield site


@app.command(name="judge")
def judge_command(
    night: NightId = None,
    as_of: AsOf = None,
    profile: ProfileName = None,
    site: SiteIds = None,
    data: DataDir = DATA,
    db: DbUrl = None,
    as_json: AsJson = False,
) -> None:
    """Đánh giá lại bằng chứng đã lưu, không gửi yêu cầu nào."""
    with failures():
        day, catalog = parse_day(as_of), load_catalog()
        if profile:
            load_profile(profile, catalog)
        with closing(open_data(data, db, create=False)) as store, hold(data):
            stored = stored_night(store, night)
            registry = registry_from_json(stored.registry_json)
            if unknown := set(site or []) - {entry.id for entry in registry.sites}:
                raise Failure(f"không có trang {', '.join(sorted(unknown))} trong danh bạ của lần quét {stored.id}", 2)
            chosen = profile_of(registry, profile, catalog)
            day = day or crawl_day(stored)
            facts = facts_of_night(store, data, stored, day, site or [])
            judged = judge_step(store, stored, facts, catalog, chosen, day)
        show(stored, judged, catalog, chosen.name, day, None, as_json)


@app.command()
def report(
    night: NightId = None,
    edition: Annotated[int | None, typer.Option("--edition", help="Số của lần đánh giá; mặc định lần cuối.")] = None,
    data: DataDir = DATA,
    db: DbUrl = None,
    as_json: AsJson = False,
) -> None:
    """Lập lại báo cáo từ lần đánh giá cuối cùng."""
    with failures():
        catalog = load_catalog()
        with closing(open_data(data, db, create=False)) as store, hold(data):
            found = store.edition(night, edition)
            if found is None or found.id is None:
                code = 2 if night or edition else 1
                raise Failure("không có lần đánh giá như vậy; hãy chạy lệnh judge hoặc audit trước", code)
            stored = stored_night(store, found.night)
            groups = findings_by_site(store.findings(found.id), [rule.id for rule in catalog.rules])
            facts = facts_of_night(store, data, stored, found.as_of, groups)
            judged = [(one, groups[one.site.id]) for one in facts]
            index = report_step(data, stored, judged, catalog, found.profile, found.as_of)
        if as_json:
            print(json.dumps({"index": str(index), "night": stored.id, "edition": found.id}, ensure_ascii=False))
        else:
            show(stored, judged, catalog, found.profile, found.as_of, index, False)


class ExtractorName(StrEnum):
    PHONES = "phones"
    DATES = "dates"
    LABELS = "labels"


@app.command()
def extract(name: ExtractorName, file: Path, as_json: AsJson = False) -> None:
    """Chạy một bộ nhận dạng trên danh sách chuỗi (YAML), thêm `got` vào từng mục."""
    with failures():
        items = run_extractor(name, file)
        print(json.dumps(items, ensure_ascii=False, indent=1, default=str) if as_json else dump_items(items))


@app.command()
def sites(registry: RegistryFile = REGISTRY, as_json: AsJson = False) -> None:
    """Kiểm tra và liệt kê danh bạ các trang."""
    with failures():
        loaded = load_registry(registry)
        rows = [
            {
                "id": entry.id,
                "name": entry.name,
                "kind": entry.kind,
                "url": entry.url,
                "source": entry.source if entry.url else None,
                "seen_at": entry.seen_at or None,
                "active_until": entry.active_until.isoformat() if entry.active_until else None,
            }
            for entry in loaded.sites
        ]
        if as_json:
            print(json.dumps({"province": loaded.province.id, "sites": rows}, ensure_ascii=False, indent=1))
            return
        words = {"seen": "đã thấy", "guess": "phỏng đoán", None: "chưa biết địa chỉ"}
        heads = ("Mã", "Tên", "Loại", "Địa chỉ", "Nguồn", "Hoạt động đến")
        keys = ("id", "name", "kind", "url")
        lines = [
            [*(str(row[key] or "–") for key in keys), words[row["source"]], row["active_until"] or "–"] for row in rows
        ]
        table(console(to_stderr=False), f"{loaded.province.name}: {len(rows)} trang", heads, lines)


app.add_typer(evidence_commands.app, name="evidence")
rules_app = typer.Typer(help="Kiểm tra và liệt kê bộ yêu cầu; `rules docs` ghi RULES.md.")
app.add_typer(rules_app, name="rules")


@rules_app.callback(invoke_without_command=True)
def rules(context: typer.Context, profile: ProfileName = None, as_json: AsJson = False) -> None:
    """Kiểm tra và liệt kê bộ yêu cầu."""
    if context.invoked_subcommand:
        return
    with failures():
        catalog = load_catalog()
        load_profile(profile or DEFAULT_PROFILE, catalog)
        keys = ("requirement", "id", "coverage", "severity", "title")
        rows = [{key: str(getattr(rule, key)) for key in keys} for rule in catalog.rules]
        if as_json:
            print(json.dumps(rows, ensure_ascii=False, indent=1))
            return
        heads = ("Yêu cầu", "Quy tắc", "Kiểm tra", "Mức độ", "Nội dung")
        table(console(to_stderr=False), f"{len(rows)} yêu cầu", heads, [list(row.values()) for row in rows])


@rules_app.command()
def docs(to: Annotated[Path, typer.Option("--to", help="Tệp được ghi.")] = ROOT / "rules/RULES.md") -> None:
    """Ghi RULES.md từ bộ yêu cầu."""
    with failures():
        to.write_text(render_rules(load_catalog()), encoding="utf-8")
        print(to)


@app.command()
def demo(as_of: AsOf = None, data: DataDir = Path("var/demo"), as_json: AsJson = False) -> None:
    """Phục vụ một tỉnh giả định trên máy này, rà soát nó và chỉ ra báo cáo."""
    from tests.province.server import (
        Province,
        serve,
    )  # the made-up province is no part of an installed program

    with failures():
        day = parse_day(as_of) or now().astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).date()
        data.mkdir(parents=True, exist_ok=True)
        with serve(Province(day)) as served:
            audit(
                registry=served.write_registry(data),
                as_of=day.isoformat(),
                data=data,
                delay=0,
                as_json=as_json,
            )


def main() -> None:
    gc.set_threshold(50_000, 20, 20)  # pages and facts live long: looking through them often finds nothing
    app()


if __name__ == "__main__":
    main()
