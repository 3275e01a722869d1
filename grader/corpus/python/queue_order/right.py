"""Results are put into the order of the numbers."""
from multiprocessing import Process, SimpleQueue


def square(number, results):
    results.put((number, number * number))


if __name__ == "__main__":
    results = SimpleQueue()
    workers = [Process(target=square, args=(number, results)) for number in range(3)]
    for worker in workers:
        worker.start()
    pairs = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    print([square for _, square in sorted(pairs)])
