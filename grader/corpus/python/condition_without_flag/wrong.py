"""A notification that comes before the wait is lost."""
from multiprocessing import Condition, Process, Value


def wait(condition, ready):
    with condition:
        condition.wait()


if __name__ == "__main__":
    condition, ready = Condition(), Value("b", 0, lock=False)
    waiter = Process(target=wait, args=(condition, ready))
    waiter.start()
    with condition:
        ready.value = 1
        condition.notify()
    waiter.join()
    print("woken")
