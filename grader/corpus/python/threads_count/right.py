"""The lock is held over both."""
import threading


class Counter:
    def __init__(self):
        self.count = 0
        self.lock = threading.Lock()


def work(counter, pause):
    with counter.lock:
        seen = counter.count
        pause.wait(0.01)
        counter.count = seen + 1


if __name__ == "__main__":
    counter, pause = Counter(), threading.Event()
    threads = [threading.Thread(target=work, args=(counter, pause)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(counter.count)
