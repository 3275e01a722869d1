"""Two processes add to a Value that has no lock."""
from multiprocessing import Process, Value


def work(counter):
    for _ in range(2):
        counter.value += 1


if __name__ == "__main__":
    counter = Value("i", 0, lock=False)
    workers = [Process(target=work, args=(counter,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(counter.value)
