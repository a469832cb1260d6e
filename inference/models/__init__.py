"""Networks, one module a file. Needs PyTorch, so nothing here is imported when a video is processed."""
