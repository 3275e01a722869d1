"""An item that is skipped is never done."""
from multiprocessing import JoinableQueue, Process


def work(queue):
    for number in iter(queue.get, None):
        if number < 0:
            continue
        queue.task_done()


if __name__ == "__main__":
    queue = JoinableQueue()
    worker = Process(target=work, args=(queue,))
    worker.start()
    for number in [1, -1]:
        queue.put(number)
    queue.join()
    queue.put(None)
    worker.join()
    print("all done")
