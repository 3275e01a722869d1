"""An event that is set stays so."""
from multiprocessing import Event, Process


def work(start):
    start.wait()


if __name__ == "__main__":
    start = Event()
    worker = Process(target=work, args=(start,))
    worker.start()
    start.set()
    worker.join()
    print("started")
