"""The flag says whether there is anything to wait for."""
from multiprocessing import Condition, Process, Value


def wait(condition, ready):
    with condition:
        condition.wait_for(lambda: ready.value)


if __name__ == "__main__":
    condition, ready = Condition(), Value("b", 0, lock=False)
    waiter = Process(target=wait, args=(condition, ready))
    waiter.start()
    with condition:
        ready.value = 1
        condition.notify()
    waiter.join()
    print("woken")
