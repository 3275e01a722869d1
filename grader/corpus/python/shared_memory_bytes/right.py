"""Two add to a byte, one at a time."""
from multiprocessing import Lock, Process
from multiprocessing.shared_memory import SharedMemory


def work(name, lock):
    memory = SharedMemory(name=name)
    with lock:
        memory.buf[5] += 1
    memory.close()


if __name__ == "__main__":
    lock = Lock()
    memory = SharedMemory(create=True, size=16)
    workers = [Process(target=work, args=(memory.name, lock)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(memory.buf[5])
    memory.close()
    memory.unlink()
