/** Pictures and clips as the browser shows them: small and still until one points at them, or in full. */
import { useReducedMotion } from '@mantine/hooks';
import { useState, type CSSProperties, type SyntheticEvent } from 'react';
import { pictureUrl, thumbnailUrl } from '../api/reads.js';
import { t } from '../texts/texts.js';
import { Icon } from './icons.js';
import styles from './picture-file.module.css';

/** What a file is shown by. */
export interface ShownFile {
  sha256: string;
  mediaType: string;
}

interface FileProps {
  file: ShownFile;
  alt: string;
  width?: number;
  height?: number;
}

/** A film has no thumbnail and plays in a player; GIF and WebP move by themselves. */
export const isFilm = ({ mediaType }: ShownFile): boolean => mediaType.startsWith('video/');
const moves = ({ mediaType }: ShownFile) => mediaType === 'image/gif' || mediaType === 'image/webp';

/** Small: of a clip the first frame; it plays while the pointer is on it. */
export function SmallFile({ file, ...rest }: FileProps) {
  return (
    <>
      {isFilm(file) ? <SmallFilm file={file} {...rest} /> : <SmallPicture file={file} {...rest} />}
      {(isFilm(file) || file.mediaType === 'image/gif') && (
        <span className={styles.mark}>
          <Icon name="play" size={11} />
          <span className={styles.hidden}>{t.picture.clip}</span>
        </span>
      )}
    </>
  );
}

function SmallPicture({ file, ...rest }: FileProps) {
  const [pointed, setPointed] = useState(false);
  const onPointer = moves(file)
    ? { onPointerEnter: () => setPointed(true), onPointerLeave: () => setPointed(false) }
    : {};
  return (
    <img
      src={pointed ? pictureUrl(file.sha256) : thumbnailUrl(file.sha256)}
      loading="lazy"
      decoding="async"
      draggable={false}
      {...onPointer}
      {...rest}
    />
  );
}

const play = ({ currentTarget }: SyntheticEvent<HTMLVideoElement>) => void currentTarget.play().catch(() => undefined);
const stop = ({ currentTarget }: SyntheticEvent<HTMLVideoElement>) => currentTarget.pause();

const SmallFilm = ({ file, alt, ...rest }: FileProps) => (
  <video
    // The time makes the browser read and show the first frame.
    src={`${pictureUrl(file.sha256)}#t=0.001`}
    aria-label={alt}
    preload="metadata"
    muted
    loop
    playsInline
    disablePictureInPicture
    onPointerEnter={play}
    onPointerLeave={stop}
    {...rest}
  />
);

interface WholeFileProps extends FileProps {
  style?: CSSProperties;
  /** True: one pixel of the file is a sharp square. */
  pixels?: boolean;
}

/** As it is. A film plays in a loop, unless one wants no motion, and can be stopped. */
export function WholeFile({ file, alt, pixels = false, ...rest }: WholeFileProps) {
  const still = useReducedMotion();
  const shown = { src: pictureUrl(file.sha256), 'data-pixels': pixels || undefined, ...rest };
  return isFilm(file) ? (
    <video key={file.sha256} aria-label={alt} controls loop muted playsInline autoPlay={!still} {...shown} />
  ) : (
    <img key={file.sha256} alt={alt} draggable={false} {...shown} />
  );
}
