"""Each sums up what the others may not have written."""
from multiprocessing import Array, Barrier, Process


def work(me, parts, sums, barrier):
    parts[me] = me + 1
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
