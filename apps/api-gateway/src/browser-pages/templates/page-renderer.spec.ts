import { PageRenderer } from './page-renderer';

const surroundings = { flashes: [], csrfToken: 'c"1', email: null };

it('escapes whatever it is given', () => {
  const evil = `"><script>alert('1')</script>`;
  const html = new PageRenderer(`https://sso.org/${evil}`).render(
    {
      title: evil,
      lead: evil,
      links: [{ href: evil, text: evil }],
      forms: [
        {
          id: 'a',
          heading: evil,
          action: evil,
          hidden: [{ name: evil, value: evil }],
          button: evil,
          problem: evil,
          fields: [{ id: 'b', name: 'c', label: evil, type: 'email', value: evil, hint: evil, problems: [evil] }],
        },
      ],
    },
    { flashes: [{ kind: 'error', text: evil }], csrfToken: evil, email: evil },
  );
  expect(html).not.toContain('<script');
  expect(html).not.toContain('">&lt;script');
});

it('ties problems to their fields, and says so before the form', () => {
  const field = { id: 'user_email', name: 'user[email]', label: 'Email', type: 'email' as const };
  const html = new PageRenderer(null).render(
    {
      title: 'Register',
      forms: [{ id: 'f', action: '/x', button: 'Go', fields: [{ ...field, hint: 'h', problems: ['is wrong'] }] }],
    },
    surroundings,
  );
  expect(html).toContain('<title>Error: Register');
  expect(html).toContain('<a href="#user_email">Email: is wrong</a>');
  expect(html).toContain('aria-invalid="true" aria-describedby="user_email-hint user_email-problems"');
  expect(html).toContain('<label for="user_email">');
});

it('shows nothing of a page in its forms', () => {
  const html = new PageRenderer(null).render(
    { title: 'T', lead: 'L', forms: [{ id: 'f', action: '/x', button: 'Go', fields: [] }] },
    surroundings,
  );
  expect(html.match(/<h2/g)).toBeNull();
  expect(html.match(/name="_method"/g)).toBeNull();
  expect(html).not.toContain('<script');
  expect(html).not.toMatch(/ style=/);
});
