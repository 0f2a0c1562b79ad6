"""NukeViet 4 and its eGovernment edition, a Vietnamese open-source CMS (https://nukeviet.vn)."""

NAME = "nukeviet"
MARKS = [r"""<meta[^>]+generator[^>]+NukeViet""", r"""nv_base_siteurl|nv_lang_data"""]
