"""Between writing and reading lies a barrier."""
from multiprocessing import Array, Barrier, Process


def work(me, parts, sums, barrier):
    parts[me] = me + 1
    barrier.wait()
    sums[me] = sum(parts[:])


if __name__ == "__main__":
    barrier = Barrier(2)
    parts, sums = Array("i", 2), Array("i", 2)
    workers = [Process(target=work, args=(me, parts, sums, barrier)) for me in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(sums[:])
