"""First take, then join."""
from multiprocessing import Process, Queue


def work(queue):
    queue.put("x" * 100_000)


if __name__ == "__main__":
    queue = Queue()
    worker = Process(target=work, args=(queue,))
    worker.start()
    print(len(queue.get()))
    worker.join()
