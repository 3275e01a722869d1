"""`get` waits for it."""
from multiprocessing import Pool

results = []


def square(number):
    return number * number


if __name__ == "__main__":
    with Pool(1) as pool:
        results.append(pool.apply_async(square, (4,)).get())
    print(results)
