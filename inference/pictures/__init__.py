"""Pictures of a result: contact sheets and the film beside the avatars. OpenCV draws; Blender rendered the avatars."""
