"""DotNetNuke."""

NAME = "dnn"
MARKS = [r"/DesktopModules/|/Portals/\d+/|tabid=\d+"]
