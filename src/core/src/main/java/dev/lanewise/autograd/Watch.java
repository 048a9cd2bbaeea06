package dev.lanewise.autograd;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** What a tape tells its observer: the inputs of each op, and what each vjp has added to. */
final class Watch {
  private final Tape.Observer observer;

  /** What the op that is being recorded has used. */
  private final List<Tensor> used = new ArrayList<>();

  /** What the vjp that is running has added to. */
  private final List<Tensor> reached = new ArrayList<>();

  private boolean complete;

  Watch(Tape.Observer observer) {
    this.observer = observer;
  }

  /** One for a nested tape. */
  Watch nested() {
    return new Watch(observer);
  }

  /** An input of the op that comes next or is at work. */
  void uses(Tensor x) {
    if (complete) {
      used.clear();
      complete = false;
    }
    used.add(x);
  }

  /** The op has no gradient: the next input is that of another one. */
  void end() {
    complete = true;
  }

  /** An op has left its vjp. */
  void computed(String op, Tensor y) {
    complete = true;
    observer.computed(op, y, List.copyOf(used));
  }

  /** The running vjp adds to a gradient. */
  void reaches(Tensor x) {
    if (!reached.contains(x)) {
      reached.add(x);
    }
  }

  /** Runs a vjp. */
  void apply(String op, Tensor y, Vjp vjp, MemorySegment dy) {
    observer.differentiating(op, y, dy);
    reached.clear();
    vjp.apply(dy);
    for (Tensor x : reached) {
      MemorySegment gradient = x.gradientOrNull();
      if (gradient != null) {
        observer.differentiated(op, y, x, gradient);
      }
    }
  }
}
