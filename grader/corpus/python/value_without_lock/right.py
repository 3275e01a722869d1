"""Two processes add to a Value, each time under its lock."""
from multiprocessing import Process, Value


def work(counter):
    for _ in range(2):
        with counter.get_lock():
            counter.value += 1


if __name__ == "__main__":
    counter = Value("i", 0)
    workers = [Process(target=work, args=(counter,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(counter.value)
