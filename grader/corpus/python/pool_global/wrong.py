"""Each worker has its own total."""
from multiprocessing import Pool

total = 0


def work(number):
    global total
    total += number
    return number


if __name__ == "__main__":
    with Pool(2) as pool:
        pool.map(work, [1, 2, 3])
        pool.close()
        pool.join()
    print(total)
