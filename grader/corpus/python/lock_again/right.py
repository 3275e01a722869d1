"""An RLock can."""
from multiprocessing import RLock, Process, Value


def add(lock, count):
    with lock:
        count.value += 1


def work(lock, count):
    with lock:
        add(lock, count)
        add(lock, count)


if __name__ == "__main__":
    lock, count = RLock(), Value("i", 0, lock=False)
    worker = Process(target=work, args=(lock, count))
    worker.start()
    worker.join()
    print(count.value)
