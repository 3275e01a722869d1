"""Two take the same locks in the same order."""
from multiprocessing import Lock, Process


def work(first, second):
    with first:
        with second:
            pass


if __name__ == "__main__":
    one, other = Lock(), Lock()
    workers = [
        Process(target=work, args=(one, other)),
        Process(target=work, args=(one, other)),
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print("done")
