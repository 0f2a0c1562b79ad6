"""Joomla."""

NAME = "joomla"
MARKS = [r"<meta[^>]+generator[^>]+Joomla|/components/com_|option=com_content"]
