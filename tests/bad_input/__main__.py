"""Write docs/troubleshooting.md."""

from tests.bad_input.page import PAGE, text

PAGE.write_text(text(), encoding="utf-8")
