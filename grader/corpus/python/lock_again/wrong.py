"""A Lock cannot be taken again by who holds it."""
from multiprocessing import Lock, Process, Value


def add(lock, count):
    with lock:
        count.value += 1


def work(lock, count):
    with lock:
        add(lock, count)
        add(lock, count)


if __name__ == "__main__":
    lock, count = Lock(), Value("i", 0, lock=False)
    worker = Process(target=work, args=(lock, count))
    worker.start()
    worker.join()
    print(count.value)
