"""An application in the browser (React, Vue, Angular, Next, Nuxt): an empty shell, for scripts to fill."""

NAME = "spa"
MARKS = [
    r"""<div[^>]{0,80}\bid=["']?(?:app|root|__next|__nuxt)["']?[^>]{0,80}>\s*(?:<!--.{0,80}?-->\s*)?</div>""",
    r"<app-root[^>]{0,80}>\s*(?:<!--.{0,80}?-->\s*)?</app-root>",
]
