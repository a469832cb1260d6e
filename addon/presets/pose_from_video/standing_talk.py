import bpy

settings = bpy.context.scene.pose_from_video

settings.ik = True
settings.fingers = False
settings.root = "travel"
settings.root_on = "hips"
settings.heading = "world"
settings.left_foot = "always"
settings.right_foot = "always"
settings.controls = "fk"
settings.smoothing = 0.7
settings.motion_smoothing = 0.0
settings.quality = "balanced"
settings.causal = False
settings.reduce_deg = 0.0
settings.nla = False
settings.match_rate = False
settings.extend_range = True
