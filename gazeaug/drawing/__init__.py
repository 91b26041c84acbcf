"""What people look at: contact sheets, charts, and the frame of every HTML page.

In: pictures and numbers. Out: PNG, SVG and HTML that need no network.
"""

import logging

# It logs a warning where HOME cannot be written, or where its list of fonts takes long: nothing that a user can act on.
logging.getLogger("matplotlib").setLevel(logging.ERROR)
