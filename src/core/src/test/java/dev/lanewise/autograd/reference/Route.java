package dev.lanewise.autograd.reference;

import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.higher.DoubleTensor;
import dev.lanewise.autograd.higher.Indexing;
import dev.lanewise.autograd.shapes.SliceOps;
import dev.lanewise.autograd.shapes.TransposeOps;
import dev.lanewise.memory.TensorLayout;

/** How an op comes by its input. */
enum Route {
  /** It is a leaf, in memory that begins anywhere. */
  LEAF {
    @Override
    TensorLayout base(TensorLayout input) {
      return input;
    }

    @Override
    Tensor input(Tape tape, Tensor base) {
      return base;
    }

    @Override
    DoubleTensor input(DoubleTensor base) {
      return base;
    }
  },
  /** It is a part of a tensor whose first and last dimension have changed places. */
  TRANSPOSED_PART {
    @Override
    TensorLayout base(TensorLayout input) {
      long[] dims = input.dims();
      if (dims.length > 0) {
        int last = dims.length - 1;
        long first = dims[0];
        dims[0] = dims[last];
        dims[last] = first;
        dims[0] += 2;
      }
      return TensorLayout.of(dims);
    }

    @Override
    Tensor input(Tape tape, Tensor base) {
      int rank = base.layout().rank();
      if (rank == 0) {
        return base;
      }
      Tensor part = SliceOps.slice(tape, base, 0, 1, base.layout().dim(0) - 2);
      return TransposeOps.transpose(tape, part, 0, rank - 1);
    }

    @Override
    DoubleTensor input(DoubleTensor base) {
      int rank = base.layout().rank();
      if (rank == 0) {
        return base;
      }
      int[] order = new int[rank];
      for (int i = 0; i < rank; i++) {
        order[i] = i == 0 ? rank - 1 : i == rank - 1 ? 0 : i;
      }
      DoubleTensor part = Indexing.slice(base, 0, 1, base.layout().dim(0) - 2);
      return Indexing.permute(part, order);
    }
  };

  /** The shape of the leaf. */
  abstract TensorLayout base(TensorLayout input);

  /** What is made of it on the tape. */
  abstract Tensor input(Tape tape, Tensor base);

  /** The same in double precision. */
  abstract DoubleTensor input(DoubleTensor base);
}
