"""The last item ends one of two."""
from multiprocessing import Process, SimpleQueue


def work(items, sums):
    total = 0
    while (item := items.get()) is not None:
        total += item
    sums.put(total)


if __name__ == "__main__":
    items, sums = SimpleQueue(), SimpleQueue()
    workers = [Process(target=work, args=(items, sums)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for item in [1, 2, 3] + [None]:
        items.put(item)
    print(sums.get() + sums.get())
    for worker in workers:
        worker.join()
