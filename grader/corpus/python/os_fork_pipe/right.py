"""Whoever reads closes the write end."""
import os

read, write = os.pipe()
if os.fork() == 0:
    os.close(write)
    with os.fdopen(read) as lines:
        for line in lines:
            os.write(1, line.encode())
    os._exit(0)
os.close(read)
os.write(write, b"hello\n")
os.close(write)
os.wait()
