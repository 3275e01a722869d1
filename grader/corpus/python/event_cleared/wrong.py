"""Whoever comes after the event was cleared waits for ever."""
from multiprocessing import Event, Process


def work(start):
    start.wait()


if __name__ == "__main__":
    start = Event()
    worker = Process(target=work, args=(start,))
    worker.start()
    start.set()
    start.clear()
    worker.join()
    print("started")
