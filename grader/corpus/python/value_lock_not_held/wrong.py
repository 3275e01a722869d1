"""A Value locks each read and each write; `+=` is one of each."""
from multiprocessing import Process, Value


def work(counter):
    counter.value += 1


if __name__ == "__main__":
    counter = Value("i", 0)
    workers = [Process(target=work, args=(counter,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(counter.value)
