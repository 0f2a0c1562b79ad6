"""Any site: no marks, no hints; the general mechanisms do."""

NAME = "generic"
MARKS: list[str] = []
