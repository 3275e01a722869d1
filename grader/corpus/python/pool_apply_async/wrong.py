"""The pool ends before the result has come."""
from multiprocessing import Pool

results = []


def square(number):
    return number * number


if __name__ == "__main__":
    with Pool(1) as pool:
        pool.apply_async(square, (4,), callback=results.append)
    print(results)
