"""The pipeline: the board of everything that is open, moving its cards, and the flow drawn with its reasons [68, L15].

One blueprint, `page`; each module below adds the pages of one concern to it when it is imported here.
"""

from admin_app.admin.pipeline import board, flow_page, moving
from admin_app.admin.pipeline.desk import page

__all__ = ["board", "flow_page", "moving", "page"]
