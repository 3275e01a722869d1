"""Two read and write a file as they come."""
import fcntl
import os
import tempfile
from multiprocessing import Process


def work(path):
    with open(path, "r+") as file:
        number = int(file.read() or 0)
        file.seek(0)
        file.write(str(number + 1))
        file.flush()


if __name__ == "__main__":
    handle, path = tempfile.mkstemp()
    os.close(handle)
    workers = [Process(target=work, args=(path,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with open(path) as file:
        print(file.read())
    os.unlink(path)
