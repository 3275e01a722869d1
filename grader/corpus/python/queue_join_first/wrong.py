"""A process that has put does not end before its items are in the pipe."""
from multiprocessing import Process, Queue


def work(queue):
    queue.put("x" * 100_000)


if __name__ == "__main__":
    queue = Queue()
    worker = Process(target=work, args=(queue,))
    worker.start()
    worker.join()
    print(len(queue.get()))
