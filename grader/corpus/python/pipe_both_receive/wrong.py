"""Both wait for the other's word."""
from multiprocessing import Pipe, Process


def shout(end):
    end.send(end.recv().upper())


if __name__ == "__main__":
    here, there = Pipe()
    worker = Process(target=shout, args=(there,))
    worker.start()
    answer = here.recv()
    here.send("hola")
    print(answer)
    worker.join()
