"""One asks, the other answers."""
from multiprocessing import Pipe, Process


def shout(end):
    end.send(end.recv().upper())


if __name__ == "__main__":
    here, there = Pipe()
    worker = Process(target=shout, args=(there,))
    worker.start()
    here.send("hola")
    print(here.recv())
    worker.join()
