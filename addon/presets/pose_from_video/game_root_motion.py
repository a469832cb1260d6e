import bpy

settings = bpy.context.scene.pose_from_video

settings.ik = True
settings.fingers = False
settings.root = "travel"
settings.root_on = "root"
settings.heading = "world"
settings.left_foot = "auto"
settings.right_foot = "auto"
settings.controls = "fk"
settings.smoothing = 0.5
settings.motion_smoothing = 0.0
settings.quality = "best"
settings.causal = False
settings.reduce_deg = 0.0
settings.nla = False
settings.match_rate = False
settings.extend_range = True
