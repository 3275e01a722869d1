"""`imap` keeps the order."""
from multiprocessing import Pool


def square(number):
    return number * number


if __name__ == "__main__":
    with Pool(2) as pool:
        print(list(pool.imap(square, [1, 2, 3])))
        pool.close()
        pool.join()
