"""Pages that are pictures: scans, faxes and photos, laid over the page as issued and read field by field."""

import cv2

RECTIFIED_DPI = 200
"""A page that was laid over its template has so many pixels an inch."""

# Files are read side by side in as many processes as there are cores: threads of OpenCV would only add to them.
cv2.setNumThreads(1)
