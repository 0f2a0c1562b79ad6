"""Liferay 6 and 7, and VNPT Portal, which is built on it."""

NAME = "liferay"
MARKS = [r"p_p_id=|/-/asset_publisher/|Liferay\.(?:AUI|ThemeDisplay|Portlet)|/o/[\w-]+-theme/"]
