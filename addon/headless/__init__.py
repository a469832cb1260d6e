"""Production without a window: command line, import, export, measuring and rendering.

Everything here owns the whole scene: it empties it, loads one character into it and throws it away afterwards.
Nothing of it is used by the panel, which must leave the user's scene as it was.
"""
