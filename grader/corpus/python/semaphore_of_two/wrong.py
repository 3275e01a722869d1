"""A semaphore for two is no lock."""
from multiprocessing import Process, Semaphore, Value


def work(gate, count):
    gate.acquire()
    try:
        count.value = count.value + 1
    finally:
        gate.release()


if __name__ == "__main__":
    gate = Semaphore(2)
    count = Value("l", 0, lock=False)
    workers = [Process(target=work, args=(gate, count)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(count.value)
