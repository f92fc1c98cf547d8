// What a program in a container tries, as `node -e` runs it; each prints what came of it as JSON.

/** Tries each file and folder that there is. What the kernel itself shows is not of the image. */
export const TRY_TO_WRITE = `
  const found = [];
  const works = write => { try { write(); return true; } catch { return false; } };
  const tryFile = file => works(() => fs.closeSync(fs.openSync(file, 'r+')));
  const tryFolder = folder => works(() => fs.writeFileSync(path.join(folder, 'probe'), ''));
  const walk = folder => {
    if (['/proc', '/sys', '/dev/mqueue'].includes(folder)) return;
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      const at = path.join(folder, entry.name);
      if (entry.isDirectory()) walk(at);
      else if (entry.isFile() && tryFile(at)) found.push(at);
    }
    if (tryFolder(folder)) found.push(folder);
  };
  walk('/');
  console.log(JSON.stringify(found));
`;

/** Tries what takes rights. Lists what it was let do. */
export const TRY_TO_RULE = `
  const works = act => { try { act(); return true; } catch { return false; } };
  const listens = new Promise(resolve => {
    const server = net.createServer().on('error', () => resolve(false));
    server.listen(81, '127.0.0.1', () => server.close(() => resolve(true)));
  });
  listens.then(port => {
    const tried = {
      'be root': works(() => process.setuid(0)),
      'take a group': works(() => process.setgroups([0])),
      'give a file away': works(() => fs.chownSync('/etc/passwd', 1, 1)),
      'go before others': works(() => os.setPriority(-5)),
      'listen on port 81': port,
    };
    console.log(JSON.stringify(Object.keys(tried).filter(what => tried[what])));
  });
`;
