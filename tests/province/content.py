"""What the made-up sites hold: sections, entries, leaders, contacts; from a plan in sites/*.yml and a seed.

Nothing here is real: the province, its bodies, its people and its numbers are made up. All dates are relative to `as_of`.
"""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from crawler.text import fold

SITES = Path(__file__).with_name("sites")
DOMAIN = "songthao.test"

# requirement, label by default, kind of page, entries, days between the newest and as_of
SECTIONS: tuple[tuple[str, str, str, int, int], ...] = (
    ("INT-01", "Cơ cấu tổ chức", "text", 0, 0),
    ("INT-03", "Chức năng, nhiệm vụ", "text", 0, 0),
    ("INT-04", "Quá trình hình thành và phát triển", "text", 0, 0),
    ("INT-05", "Lãnh đạo cơ quan", "leaders", 0, 0),
    ("NEW-01", "Tin tức - Sự kiện", "list", 90, 1),
    ("NEW-02", "Thông tin chỉ đạo điều hành", "list", 40, 3),
    ("NEW-06", "Tuyên truyền, phổ biến pháp luật", "list", 20, 12),
    ("DOC-01", "Hệ thống văn bản", "documents", 30, 6),
    ("TTH-01", "Thủ tục hành chính", "procedures", 0, 0),
    ("PLN-01", "Chiến lược - Quy hoạch - Kế hoạch", "list", 12, 30),
    ("PLN-05", "Đấu thầu, mua sắm công", "list", 10, 25),
    ("BUD-01", "Công khai ngân sách", "list", 12, 20),
    ("FBK-01", "Lấy ý kiến dự thảo văn bản", "list", 8, 18),
    ("FBK-03", "Hỏi đáp", "form", 0, 0),
    ("FBK-10", "Lịch tiếp công dân", "text", 0, 0),
    ("ATI-01", "Tiếp cận thông tin", "text", 0, 0),
    ("CON-01", "Liên hệ", "contact", 0, 0),
    ("TEC-18", "Sơ đồ cổng", "sitemap", 0, 0),
)
INTRODUCTION = ("INT-01", "INT-03", "INT-04", "INT-05")
"""Sections below the menu entry "Giới thiệu"."""

_ACTS = (
    "Hội nghị triển khai nhiệm vụ", "Kiểm tra công tác", "Lớp tập huấn nghiệp vụ về", "Đoàn công tác làm việc về", "Sơ kết thực hiện",
    "Đẩy mạnh tuyên truyền về", "Tăng cường phối hợp trong", "Tổng kết phong trào thi đua về", "Ra quân thực hiện", "Khảo sát thực tế về",
)  # fmt: skip
_MATTERS = (
    "cải cách hành chính", "chuyển đổi số", "xây dựng nông thôn mới", "phòng, chống thiên tai", "an toàn thực phẩm", "giải quyết thủ tục cho người dân",
    "quản lý đất đai", "an toàn giao thông", "chăm sóc sức khỏe Nhân dân", "phát triển sản xuất nông nghiệp", "bảo vệ môi trường", "giảm nghèo bền vững",
)  # fmt: skip
_WHERE = (
    "trên địa bàn tỉnh",
    "tại các xã vùng sâu",
    "tại cơ sở",
    "sáu tháng cuối năm",
    "trong tình hình mới",
    "theo kế hoạch năm",
    "cho cán bộ, công chức",
)
_HEADS = {
    "NEW-02": ("Chỉ đạo tăng cường", "Ý kiến chỉ đạo về", "Kết luận của lãnh đạo về", "Yêu cầu khẩn trương thực hiện"),
    "NEW-06": ("Những điểm mới của luật về", "Hướng dẫn thực hiện quy định về", "Hỏi và trả lời về pháp luật", "Phổ biến chính sách mới về"),
    "PLN-01": ("Kế hoạch thực hiện", "Quy hoạch phát triển gắn với", "Chiến lược phát triển về", "Định hướng trung hạn về"),
    "PLN-05": ("Thông báo mời thầu gói thầu phục vụ", "Kết quả lựa chọn nhà thầu cho", "Danh mục dự án đầu tư công về", "Mua sắm thiết bị phục vụ"),
    "BUD-01": ("Công khai dự toán thu chi phục vụ", "Công khai quyết toán kinh phí", "Công khai thực hiện dự toán quý về", "Thuyết minh ngân sách cho"),
    "FBK-01": ("Lấy ý kiến dự thảo Quyết định về", "Dự thảo Nghị quyết quy định về", "Góp ý dự thảo Kế hoạch về", "Lấy ý kiến dự thảo quy chế"),
    "DOC-01": ("Quyết định ban hành quy định về", "Công văn hướng dẫn", "Kế hoạch triển khai", "Thông báo về"),
}  # fmt: skip
_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Võ", "Đặng", "Bùi")
_MIDDLE = ("Văn", "Thị", "Hữu", "Minh", "Thanh", "Quốc", "Ngọc")
_GIVEN = ("An", "Bình", "Châu", "Dũng", "Hạnh", "Khánh", "Long", "Mai", "Nam", "Phương", "Sơn", "Thảo")


@dataclass(frozen=True)
class Item:
    """An entry of a listing; `number` and `issued` for documents."""

    id: int
    title: str
    slug: str
    day: date
    number: str = ""


@dataclass
class Section:
    """A planned section. `state`: good, or the fault that was planted."""

    requirement: str
    label: str
    slug: str
    kind: str
    state: str = "good"
    items: list[Item] = field(default_factory=list)


@dataclass
class Site:
    """A planned site; `plan` is its file."""

    id: str
    name: str
    kind: str
    host: str
    family: str
    plan: Mapping[str, Any]
    as_of: date
    sections: list[Section] = field(default_factory=list)
    leaders: list[str] = field(default_factory=list)

    def section(self, requirement: str) -> Section:
        return next(one for one in self.sections if one.requirement == requirement)

    def shown(self) -> Iterator[Section]:
        """Sections that the menu shows."""
        return (one for one in self.sections if one.state != "absent")

    @property
    def contact(self) -> Mapping[str, str]:
        return {**_CONTACT(self), **(self.plan.get("contact") or {})}

    @property
    def footer(self) -> Mapping[str, str]:
        return {**_CONTACT(self), **(self.plan.get("footer") or {})}

    def link(self, section: Section) -> str | None:
        """Where a menu entry leads that does not lead into the site, None where it does."""
        return self.plan.get("elsewhere", {}).get(section.requirement)


def _CONTACT(site: Site) -> dict[str, str]:
    number = 3888000 + sum(map(ord, site.id)) % 900
    text = f"0271.{str(number)[:1]}{str(number)[1:4]}.{str(number)[4:]}"
    mail = site.host.split(".")[0] if site.host != DOMAIN else "vanphong"
    return {
        "phone": text,
        "fax": text[:-1] + str((int(text[-1]) + 3) % 10),
        "email": f"{mail}@{DOMAIN}",
        "address": f"Số {number % 90 + 1} đường Trần Hưng Đạo, phường Trung Tâm, tỉnh Sông Thao",
    }


def slug_of(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")


def build_site(path: Path, as_of: date) -> Site:
    """A site from its plan. The same plan and day give the same site."""
    plan = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    chance = random.Random(plan["seed"])
    host = plan.get("host", f"{plan['id'].replace('-', '')}.{DOMAIN}")
    site = Site(plan["id"], plan["name"], plan["kind"], host, plan["family"], plan, as_of)
    site.leaders = [" ".join(map(chance.choice, (_FAMILY, _MIDDLE, _GIVEN))) for _ in range(3)]
    number = chance.randrange(1000, 2000)
    for requirement, label, kind, entries, newest in SECTIONS:
        label = plan.get("labels", {}).get(requirement, label)
        state = plan.get("faults", {}).get(requirement, "good")
        section = Section(requirement, label, slug_of(label), kind, state)
        entries = plan.get("entries", {}).get(requirement, entries)
        newest = plan.get("newest", {}).get(requirement, newest)
        days = _days(chance, entries, as_of - timedelta(days=newest), as_of - timedelta(days=420))
        for day in days:
            number += chance.randrange(1, 9)
            section.items.append(_item(chance, number, requirement, day))
        site.sections.append(section)
    return site


def _days(chance: random.Random, count: int, newest: date, oldest: date) -> list[date]:
    """`count` days from `newest` back to at most `oldest`, newest first; the first is `newest` itself."""
    span = max((newest - oldest).days, 1)
    rest = sorted(chance.randrange(span) for _ in range(max(count - 1, 0)))
    return [newest - timedelta(days=back) for back in ([0, *rest] if count else [])]


def _item(chance: random.Random, number: int, requirement: str, day: date) -> Item:
    head = chance.choice(_HEADS.get(requirement, _ACTS))
    title = f"{head} {chance.choice(_MATTERS)} {chance.choice(_WHERE)}"
    if requirement == "BUD-01":
        title += f" năm {day.year}"
    form = {"Quyết": "QĐ", "Công": "CV", "Kế": "KH", "Thông": "TB"}.get(head.split()[0], "VB")
    return Item(number, title, slug_of(title), day, f"{number}/{form}-UBND")


def build_sites(as_of: date) -> list[Site]:
    """All sites, the portal first, then by file name."""
    sites = [build_site(path, as_of) for path in sorted(SITES.glob("*.yml"))]
    return sorted(sites, key=lambda site: (site.kind != "portal", site.id))


def paragraphs(site: Site, section: Section) -> list[str]:
    """The text of a page that is no listing."""
    name = site.name
    if section.requirement == "INT-01":
        return [
            f"{name} gồm lãnh đạo, các phòng chuyên môn và các đơn vị trực thuộc.",
            "Các phòng chuyên môn: Văn phòng; Thanh tra; Phòng Kế hoạch - Tài chính; Phòng Nghiệp vụ 1; Phòng Nghiệp vụ 2.",
            "Các đơn vị trực thuộc: Trung tâm Dịch vụ công; Trung tâm Kỹ thuật nghiệp vụ.",
        ]
    if section.requirement == "INT-03":
        return [
            f"{name} là cơ quan thực hiện chức năng tham mưu, giúp Ủy ban nhân dân quản lý nhà nước về ngành, lĩnh vực được giao.",
            "Nhiệm vụ, quyền hạn: trình cấp có thẩm quyền ban hành văn bản; tổ chức thực hiện quy hoạch, kế hoạch; thanh tra, kiểm tra, giải quyết khiếu nại, tố cáo theo quy định của pháp luật.",
        ]
    if section.requirement == "INT-04":
        return [
            f"{name} được thành lập từ ngày đầu tái lập tỉnh. Qua các giai đoạn, tổ chức từng bước được kiện toàn, đội ngũ ngày càng lớn mạnh và hoàn thành tốt nhiệm vụ được giao."
        ]
    if section.requirement == "FBK-10":
        return [
            "Địa điểm tiếp công dân: Phòng Tiếp công dân, tầng 1, trụ sở cơ quan. Thời gian tiếp thường xuyên: các ngày làm việc trong tuần.",
            "Người đứng đầu tiếp công dân định kỳ vào ngày 15 hằng tháng; trùng ngày nghỉ thì chuyển sang ngày làm việc liền sau.",
        ]
    if section.requirement == "ATI-01":
        return [
            "Công dân gửi yêu cầu cung cấp thông tin trực tiếp tại bộ phận văn thư hoặc qua thư điện tử của cơ quan theo mẫu phiếu đính kèm.",
            "Danh mục thông tin phải được công khai gồm tên thông tin, hình thức, thời điểm và thời hạn công khai; đầu mối cung cấp thông tin là Văn phòng.",
        ]
    if section.requirement == "TTH-01":
        return [
            "Danh mục thủ tục thuộc thẩm quyền giải quyết: cấp giấy phép; gia hạn giấy phép; cấp lại giấy chứng nhận; xác nhận hồ sơ; đăng ký thay đổi thông tin.",
            "Hồ sơ được nộp trực tuyến trên Cổng Dịch vụ công quốc gia; thời hạn giải quyết và lệ phí ghi trong từng thủ tục.",
        ]
    return [f"{section.label} của {name}."]


def biographies(site: Site) -> list[tuple[str, str]]:
    """(name and title, biography) of the leaders."""
    titles = (
        ("Giám đốc", "Phó Giám đốc", "Phó Giám đốc")
        if site.kind == "department"
        else ("Chủ tịch", "Phó Chủ tịch", "Phó Chủ tịch")
    )
    return [
        (
            f"{name} - {title}",
            f"Sinh năm {1968 + place * 5}; quê quán: tỉnh Sông Thao; trình độ: Thạc sĩ Quản lý công. Phụ trách chung và trực tiếp chỉ đạo lĩnh vực được phân công.",
        )
        for place, (name, title) in enumerate(zip(site.leaders, titles, strict=True))
    ]
