"""Microsoft SharePoint, often with a Vietnamese vendor's portal on top."""

NAME = "sharepoint"
MARKS = [r"Microsoft SharePoint|_spPageContextInfo|/_layouts/15/|SPClientTemplates|s4-workspace"]
