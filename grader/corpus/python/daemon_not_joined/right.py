"""A daemon can be joined too."""
from multiprocessing import Process, Value


def work(value):
    value.value = 7


if __name__ == "__main__":
    value = Value("i", 0)
    worker = Process(target=work, args=(value,), daemon=True)
    worker.start()
    worker.join()
    print(value.value)
