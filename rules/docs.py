"""The catalogue for people: RULES.md, in Vietnamese, written from the rule files."""

from collections.abc import Iterator

from rules.schema import Basis, Catalog, Instrument, Profile, Rule

BOUND = {"portal": "cổng tỉnh", "department": "sở, ban, ngành", "district": "cấp huyện", "commune": "cấp xã"}
COVERAGE = {
    "automated": "tự động",
    "partial": "tự động một phần",
    "manual": "người kiểm tra",
    "not_checkable": "không kiểm tra được từ bên ngoài",
    "pending": "chưa có phép kiểm tra",
}
SEVERITY = {"critical": "nghiêm trọng", "major": "quan trọng", "minor": "nhỏ"}
KIND = {
    "law": "luật",
    "decree": "nghị định",
    "circular": "thông tư",
    "directive": "công điện",
    "criteria": "tiêu chí đánh giá",
    "provincial": "văn bản của tỉnh",
    "practice": "thông lệ",
}
SEEN = {
    "full": "đã xem toàn văn",
    "excerpts": "đã xem trích đoạn",
    "excerpt": "đã xem trích đoạn",
    "none": "chưa xem nguyên văn",
}
CLAUSE = {"d": "Điều", "k": "khoản"}


def clause_words(clause: str) -> str:
    """How a clause is said.

    >>> clause_words("d4.k1.đ"), clause_words("d10.k1"), clause_words("II.1")
    ('Điều 4 khoản 1 điểm đ', 'Điều 10 khoản 1', 'II.1')
    """
    words = []
    for number, step in enumerate(clause.split(".")):
        if step[1:].isdigit() and step[0] in CLAUSE and (number > 0) == (step[0] == "k"):
            words.append(f"{CLAUSE[step[0]]} {step[1:]}")
        elif words and len(step) == 1 and step.isalpha():
            words.append(f"điểm {step}")
        else:
            return clause
    return " ".join(words)


def render_rules(catalog: Catalog) -> str:
    """The whole document; the same catalogue always gives the same text."""
    return "\n".join(_lines(catalog)).rstrip() + "\n"


def _lines(catalog: Catalog) -> Iterator[str]:
    counts = {name: sum(rule.coverage == name for rule in catalog.rules) for name in COVERAGE}
    yield "# Bộ yêu cầu"
    yield ""
    yield "Tệp này được tạo bằng `run_audit.py rules docs` từ các tệp trong `rules/`; không sửa bằng tay."
    yield ""
    said = ", ".join(f"{COVERAGE[name]} {count}" for name, count in counts.items() if count)
    yield f"Có {len(catalog.rules)} yêu cầu: {said}."
    yield ""
    yield "## Cách chấm điểm"
    yield ""
    scoring = catalog.scoring
    yield "- Trọng số: " + ", ".join(f"{SEVERITY[name]} {scoring.weights[name]}" for name in scoring.weights) + "."
    yield "- Bậc: " + ", ".join(f"{name} từ {least:g}" for name, least in scoring.grades) + "."
    for number, grade in scoring.essential_caps:
        yield f"- Từ {number} yêu cầu thiết yếu không đạt: cao nhất là bậc {grade}."
    yield f"- Không xếp bậc khi chưa xét được {scoring.min_coverage:.0%} yêu cầu."
    yield "- Thông lệ, tiêu chí đánh giá và yêu cầu thử nghiệm được nêu nhưng không tính điểm."
    yield ""
    yield from _profiles(catalog)
    yield "## Yêu cầu"
    yield ""
    for rule in catalog.rules:
        yield from _rule(catalog, rule)
    yield "## Văn bản"
    yield ""
    for instrument in catalog.instruments.values():
        yield from _instrument(catalog, instrument)


def _profiles(catalog: Catalog) -> Iterator[str]:
    yield "## Hồ sơ đánh giá"
    yield ""
    yield "Các ngưỡng dưới đây là lựa chọn của tỉnh, không phải quy định của pháp luật."
    yield ""
    for profile in catalog.profiles.values():
        yield f"### {profile.title} (`{profile.name}`)"
        yield ""
        yield profile.note
        yield ""
        for name, setting in profile.settings.items():
            value = setting.value
            said = (
                f"{value} {setting.unit}"
                if isinstance(value, int)
                else ", ".join(f"{BOUND[kind]} {number} {setting.unit}" for kind, number in value.items())
            )
            yield f"- {setting.label} (`{name}`): {said}."
        yield from _targets(catalog, profile)
        yield ""


def _targets(catalog: Catalog, profile: Profile) -> Iterator[str]:
    for target in profile.targets:
        said = ", ".join(f"{BOUND[kind]} {number}" for kind, number in target.entries.items())
        title = catalog.instruments[target.instrument].title
        yield f"- Chỉ tiêu thông tin một năm: {said} ({title}, mục {target.clause})."


def _rule(catalog: Catalog, rule: Rule) -> Iterator[str]:
    yield f"### {rule.requirement} {rule.title} (`{rule.id}`)"
    yield ""
    essential = ", thiết yếu" if rule.essential else ""
    trial = ", thử nghiệm" if rule.lifecycle == "trial" else ""
    yield f"- Mức độ: {SEVERITY[rule.severity]}{essential}{trial}. Kiểm tra: {COVERAGE[rule.coverage]}."
    if rule.claims:
        yield f"- Kết luận đạt có nghĩa là: {rule.claims}"
    if rule.field:
        yield f"- Trong các sở, ban, ngành chỉ áp dụng cho lĩnh vực: {', '.join(rule.field)}."
    if not rule.vertical:
        yield "- Không áp dụng cho cơ quan ngành dọc."
    yield "- Căn cứ:"
    for basis in rule.basis:
        yield f"  - {_basis(catalog, basis)}"
    yield f"- Khắc phục: {rule.remedy}"
    yield ""


def _basis(catalog: Catalog, basis: Basis) -> str:
    instrument = catalog.instruments[basis.instrument]
    clause = next(clause for clause in instrument.clauses if clause.id == basis.clause)
    bound = "; ".join(BOUND[kind] for kind in basis.binds)
    return f"{instrument.title}, {clause_words(clause.id)} ({bound}); {SEEN[clause.seen]}"


def _instrument(catalog: Catalog, instrument: Instrument) -> Iterator[str]:
    yield f"### {instrument.title} (`{instrument.id}`)"
    yield ""
    yield f"- Loại: {KIND[instrument.kind]}; {SEEN[instrument.text_seen]}. {_life(instrument)}"
    if instrument.note:
        yield f"- Ghi chú: {instrument.note}"
    for clause in instrument.clauses:
        cited = [
            f"{rule.requirement} ({COVERAGE[rule.coverage]})"
            for rule in catalog.rules
            if any((basis.instrument, basis.clause) == (instrument.id, clause.id) for basis in rule.basis)
        ]
        text = f": “{clause.text}”" if clause.text else ""
        note = f" {clause.note}" if clause.note else ""
        used = f" Yêu cầu: {', '.join(cited)}." if cited else " Chưa có yêu cầu nào dựa vào điều khoản này."
        yield f"- {clause_words(clause.id)}, {SEEN[clause.seen]}{text}.{note}{used}"
    yield ""


def _life(instrument: Instrument) -> str:
    if instrument.in_force_from:
        begin = f"Hiệu lực từ {instrument.in_force_from:%d/%m/%Y}"
    elif instrument.assumed_from:
        begin = f"Chưa rõ ngày hiệu lực, tạm viện dẫn từ {instrument.assumed_from:%d/%m/%Y}"
    else:
        return "Không có thời hạn hiệu lực."
    return f"{begin} đến {instrument.in_force_until:%d/%m/%Y}." if instrument.in_force_until else f"{begin}."
