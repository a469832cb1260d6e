"""Motion files: BVH, FBX, glTF and .blend files whose armature moves become a performer's joints."""
