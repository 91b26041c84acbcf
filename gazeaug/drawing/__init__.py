"""What people look at: contact sheets, charts, and the frame of every HTML page.

In: pictures and numbers. Out: PNG, SVG and HTML that need no network.
"""
