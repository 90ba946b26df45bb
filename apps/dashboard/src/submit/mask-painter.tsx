/** A mask drawn over the picture: what is painted white is drawn anew, the rest stays. */
import { Button } from '@mantine/core';
import { useRef, useState, type PointerEvent } from 'react';
import { t } from '../texts/texts.js';
import { Dialog } from '../ui/dialog.js';
import styles from './mask-painter.module.css';

interface MaskPainterProps {
  picture: string;
  /** Gets a PNG, black where the picture stays and white where it is repainted. */
  onMask: (mask: Blob) => void;
  onClose: () => void;
}

export function MaskPainter({ picture, onMask, onClose }: MaskPainterProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [brush, setBrush] = useState(12);
  const [erasing, setErasing] = useState(false);
  const last = useRef<[number, number] | null>(null);

  function paint(event: PointerEvent<HTMLCanvasElement>): void {
    const target = event.currentTarget;
    const context = target.getContext('2d');
    if (!context || event.buttons === 0) return void (last.current = null);
    const { left, top, width } = target.getBoundingClientRect();
    const scale = target.width / width;
    const [x, y] = [(event.clientX - left) * scale, (event.clientY - top) * scale];
    context.globalCompositeOperation = erasing ? 'destination-out' : 'source-over';
    context.strokeStyle = 'white';
    context.lineCap = 'round';
    context.lineWidth = (brush / 100) * target.width;
    context.beginPath();
    context.moveTo(...(last.current ?? [x, y]));
    context.lineTo(x, y);
    context.stroke();
    last.current = [x, y];
  }

  function done(): void {
    const painted = canvas.current;
    if (!painted) return;
    const mask = Object.assign(document.createElement('canvas'), { width: painted.width, height: painted.height });
    const context = mask.getContext('2d')!;
    context.fillStyle = 'black';
    context.fillRect(0, 0, mask.width, mask.height);
    context.drawImage(painted, 0, 0);
    mask.toBlob((blob) => {
      if (blob) onMask(blob);
      onClose();
    }, 'image/png');
  }

  const clear = () => canvas.current?.getContext('2d')?.clearRect(0, 0, canvas.current.width, canvas.current.height);
  return (
    <Dialog
      title={t.newJob.paintMask}
      wide
      onClose={onClose}
      actions={
        <>
          <Button onClick={clear}>{t.newJob.maskClear}</Button>
          <Button onClick={onClose}>{t.ui.no}</Button>
          <Button variant="filled" onClick={done}>
            {t.newJob.maskDone}
          </Button>
        </>
      }
    >
      <p className={styles.help}>{t.newJob.maskHelp}</p>
      <div className={styles.board}>
        <img
          src={picture}
          alt=""
          onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) => {
            if (!canvas.current) return;
            canvas.current.width = naturalWidth;
            canvas.current.height = naturalHeight;
          }}
        />
        <canvas
          ref={canvas}
          aria-label={t.newJob.paintMask}
          onPointerDown={paint}
          onPointerMove={paint}
          onPointerUp={() => (last.current = null)}
        />
      </div>
      <div className={styles.tools}>
        <label>
          {t.newJob.brush}
          <input
            type="range"
            min={1}
            max={40}
            value={brush}
            onChange={({ currentTarget }) => setBrush(Number(currentTarget.value))}
          />
        </label>
        <Button aria-pressed={erasing} onClick={() => setErasing(!erasing)}>
          {erasing ? t.newJob.erasing : t.newJob.painting}
        </Button>
      </div>
    </Dialog>
  );
}
