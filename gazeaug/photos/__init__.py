"""Eyes out of photographs and videos.

In: pictures with faces in them. Out: level crops of eyes in an eye file, and what was left out, with the reason.
"""
